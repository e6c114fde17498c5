# {"trashed": false}
with
  answer := (select Image filter (not (exists .trashed)))
select answer.number;

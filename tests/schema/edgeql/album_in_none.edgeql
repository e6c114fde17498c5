# {"album": {"known": false}}
with
  answer := (select Image filter (not (exists .albums)))
select answer.number;

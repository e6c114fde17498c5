# {"taken": {"known": false}}
with
  answer := (select Image filter (not (exists .taken_seconds)))
select answer.number;

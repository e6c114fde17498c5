# {"taken": {"from": "2019-08-15", "to": "2019-08-16T12:00:00.5"}}
# $p0 = 1565827200
# $p1 = 1565956801
with
  answer := (select Image filter ((exists .taken_seconds) and ((.taken_seconds >= <int64>$p0) ?? false) and ((.taken_seconds < <int64>$p1) ?? false)))
select answer.number;

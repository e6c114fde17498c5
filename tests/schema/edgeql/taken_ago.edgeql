# {"taken": {"ago": {"n": 2, "unit": "MONTH"}}}
# $p0 = 1704112200
# $p1 = 1709296200
with
  answer := (select Image filter ((exists .taken_seconds) and ((.taken_seconds >= <int64>$p0) ?? false) and ((.taken_seconds < <int64>$p1) ?? false)))
select answer.number;

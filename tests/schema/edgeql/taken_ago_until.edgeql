# {"taken": {"ago": {"n": 3, "unit": "YEAR", "until": 1}}}
# $p0 = 1614601800
# $p1 = 1677673800
with
  answer := (select Image filter ((exists .taken_seconds) and ((.taken_seconds >= <int64>$p0) ?? false) and ((.taken_seconds < <int64>$p1) ?? false)))
select answer.number;

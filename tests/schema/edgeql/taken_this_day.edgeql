# {"taken": {"thisDay": {"window": 1}}}
# Narrows only: the law looks at what is found.
# $p0 = [228.0, 229.0, 301.0, 302.0]
# $p1 = 1735776000
with
  answer := (select Image filter ((exists .taken_seconds) and ((((datetime_get(.taken, 'month') * 100.0 + datetime_get(.taken, 'day')) in array_unpack(<array<float64>>$p0)) ?? false) and ((.taken_seconds < <int64>$p1) ?? false))))
select answer.number;

# {"taken": {"thisDay": {"month": 12, "day": 24, "pastOnly": false}}}
# Narrows only: the law looks at what is found.
# $p0 = [1224.0]
with
  answer := (select Image filter ((exists .taken_seconds) and (((datetime_get(.taken, 'month') * 100.0 + datetime_get(.taken, 'day')) in array_unpack(<array<float64>>$p0)) ?? false)))
select answer.number;

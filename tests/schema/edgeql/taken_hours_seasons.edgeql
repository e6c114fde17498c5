# {"taken": {"hours": {"from": 22, "to": 6}, "seasons": ["SUMMER"]}}
# $p0 = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 22.0, 23.0]
# $p1 = [6.0, 7.0, 8.0]
# $p2 = [1.0, 2.0, 12.0]
with
  answer := (select Image filter ((exists .taken_seconds) and ((datetime_get(.taken, 'hour') in array_unpack(<array<float64>>$p0)) ?? false) and ((((.lat < 0.0) ?? false) and ((datetime_get(.taken, 'month') in array_unpack(<array<float64>>$p2)) ?? false)) or ((not ((.lat < 0.0) ?? false)) and ((datetime_get(.taken, 'month') in array_unpack(<array<float64>>$p1)) ?? false)))))
select answer.number;

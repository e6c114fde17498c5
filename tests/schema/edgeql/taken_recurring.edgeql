# {"taken": {"years": [2019], "months": [7, 8], "days": [4], "weekdays": [6, 7]}}
# $p0 = [2019.0]
# $p1 = [7.0, 8.0]
# $p2 = [4.0]
# $p3 = [6.0, 7.0]
with
  answer := (select Image filter ((exists .taken_seconds) and ((datetime_get(.taken, 'year') in array_unpack(<array<float64>>$p0)) ?? false) and ((datetime_get(.taken, 'month') in array_unpack(<array<float64>>$p1)) ?? false) and ((datetime_get(.taken, 'day') in array_unpack(<array<float64>>$p2)) ?? false) and ((datetime_get(.taken, 'isodow') in array_unpack(<array<float64>>$p3)) ?? false)))
select answer.number;

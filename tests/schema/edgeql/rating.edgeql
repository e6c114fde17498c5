# {"rating": {"min": 4}}
# $p0 = 3.9999998807907104
with
  answer := (select Image filter (((<float64>.rating) >= <float64>$p0) ?? false))
select answer.number;

# {"place": {"near": {"lat": 89.5, "lon": 10, "km": 250}}}
# Narrows only: the law looks at what is found.
# $p0 = 87.25169809068866
# $p1 = 91.74830190931134
with
  answer := (select Image filter ((.lat >= <float64>$p0 and .lat <= <float64>$p1 and exists .lon) ?? false))
select answer.number;

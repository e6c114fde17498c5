# {"place": {"near": {"place": "Suva", "km": 60}}}
# Narrows only: the law looks at what is found.
# $p0 = 177.9322334474959
# $p1 = 179.0677665525041
# $p2 = -18.664593218234725
# $p3 = -17.585406781765275
with
  answer := (select Image filter ((.lat >= <float64>$p2 and .lat <= <float64>$p3 and (((.lon - 720.0) >= <float64>$p0 and (.lon - 720.0) <= <float64>$p1) or ((.lon - 360.0) >= <float64>$p0 and (.lon - 360.0) <= <float64>$p1) or (.lon >= <float64>$p0 and .lon <= <float64>$p1) or ((.lon + 360.0) >= <float64>$p0 and (.lon + 360.0) <= <float64>$p1) or ((.lon + 720.0) >= <float64>$p0 and (.lon + 720.0) <= <float64>$p1))) ?? false))
select answer.number;

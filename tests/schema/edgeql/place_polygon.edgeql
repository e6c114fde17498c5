# {"place": {"polygon": [[-20.0, 177.0], [-15.0, 177.0], [-15.0, -178.0], [-20.0, -178.0]]}}
# Narrows only: the law looks at what is found.
# $p0 = 176.999999
# $p1 = 182.000001
# $p2 = -20.000001
# $p3 = -14.999999
with
  answer := (select Image filter ((.lat >= <float64>$p2 and .lat <= <float64>$p3 and (((.lon - 720.0) >= <float64>$p0 and (.lon - 720.0) <= <float64>$p1) or ((.lon - 360.0) >= <float64>$p0 and (.lon - 360.0) <= <float64>$p1) or (.lon >= <float64>$p0 and .lon <= <float64>$p1) or ((.lon + 360.0) >= <float64>$p0 and (.lon + 360.0) <= <float64>$p1) or ((.lon + 720.0) >= <float64>$p0 and (.lon + 720.0) <= <float64>$p1))) ?? false))
select answer.number;

# {"place": {"box": {"south": -20, "west": 178, "north": -10, "east": -179}}}
# $p0 = -20.0
# $p1 = -10.0
# $p2 = 178.0
# $p3 = 181.0
with
  answer := (select Image filter ((.lat >= <float64>$p0 and .lat <= <float64>$p1 and (((.lon - 360.0) >= <float64>$p2 and (.lon - 360.0) <= <float64>$p3) or (.lon >= <float64>$p2 and .lon <= <float64>$p3) or ((.lon + 360.0) >= <float64>$p2 and (.lon + 360.0) <= <float64>$p3))) ?? false))
select answer.number;

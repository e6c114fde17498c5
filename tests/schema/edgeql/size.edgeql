# {"size": {"megapixels": {"min": 10}, "width": {"min": 4000}, "height": {"max": 3000}, "bytes": {"max": 5000000}, "aspect": {"min": 1.5}, "orientation": ["LANDSCAPE", "SQUARE"]}}
# $p0 = 10.0
# $p1 = 3999.9998779296875
# $p2 = 3000.0001220703125
# $p3 = 5000000.0
# $p4 = 1.5
with
  answer := (select Image filter ((((.pixels / 1048576.0) >= <float64>$p0) ?? false) and ((.upright_width >= <float64>$p1) ?? false) and ((.upright_height <= <float64>$p2) ?? false) and (((<float64>.file_size) <= <float64>$p3) ?? false) and ((.aspect >= <float64>$p4) ?? false) and (((.upright_width > .upright_height) ?? false) or ((.upright_width = .upright_height) ?? false))))
select answer.number;

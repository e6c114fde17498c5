# {"color": {"near": "#208080", "minShare": 0.3}}
# Narrows only: the law looks at what is found.
# $p0 = [584, 585, 586, 616, 617, 618, 619, 648, 649, 650, 651, 652, 680, 681, 682, 683, 684, 685, 686, 7...
with
  answer := (select Image filter (any(array_unpack(.shades) in array_unpack(<array<int64>>$p0))))
select answer.number;

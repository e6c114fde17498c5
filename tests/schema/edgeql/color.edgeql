# {"color": {"near": "teal", "distance": 5}}
# Narrows only: the law looks at what is found.
# $p0 = [942, 943, 974, 975, 976, 1007, 1008, 1039, 1040, 1041, 1072, 1073, 1104, 1105, 1106, 1137, 1138,...
with
  answer := (select Image filter (any(array_unpack(.shades) in array_unpack(<array<int64>>$p0))))
select answer.number;

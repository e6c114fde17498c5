# {"person": {"any": ["ada"], "none": ["Bob"]}}
# $p0 = [2]
# $p1 = [1, 3]
with
  people0 := (select Person filter .number in array_unpack(<array<int64>>$p0)),
  people1 := (select Person filter .number in array_unpack(<array<int64>>$p1)),
  answer := (select Image filter ((not (.number in people0.faces.image.number)) and (.number in people1.faces.image.number)))
select answer.number;

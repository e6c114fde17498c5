# {"person": {"all": ["ada"], "atLeast": {"k": 2, "of": ["person:1", "person:2", "Bob"]}}}
# $p0 = [1, 3]
# $p1 = [1]
# $p2 = [2]
with
  people0 := (select Person filter .number in array_unpack(<array<int64>>$p0)),
  people1 := (select Person filter .number in array_unpack(<array<int64>>$p1)),
  people2 := (select Person filter .number in array_unpack(<array<int64>>$p2)),
  answer := (select Image filter ((.number in people0.faces.image.number) and (((1 if (.number in people1.faces.image.number) else 0) + (1 if (.number in people2.faces.image.number) else 0) + (1 if (.number in people2.faces.image.number) else 0)) >= 2)))
select answer.number;

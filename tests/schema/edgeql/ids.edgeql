# {"ids": ["image:1", "2", "image:none"]}
# $p0 = [1, 2]
with
  answer := (select Image filter (.number in array_unpack(<array<int64>>$p0)))
select answer.number;

# {"tag": {"any": ["dog"]}}
# $p0 = ['dog', 'dog.n.01']
# $p1 = ['dog']
with
  synsets0 := (select Synset filter .name in array_unpack(<array<str>>$p0)),
  tags1 := (select distinct (synsets0.tags union synsets0.narrower.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p1)))),
  answer := (select Image filter (.number in tags1.marks.images.number))
select answer.number;

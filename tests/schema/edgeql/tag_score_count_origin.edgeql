# {"tag": {"any": ["dog"], "minScore": 0.5, "minCount": 2, "origin": ["USER"]}}
# $p0 = 0.4999999850988388
# $p1 = 2
# $p2 = ['USER']
# $p3 = ['dog', 'dog.n.01']
# $p4 = ['dog']
with
  synsets0 := (select Synset filter .name in array_unpack(<array<str>>$p3)),
  tags1 := (select distinct (synsets0.tags union synsets0.narrower.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p4)))),
  answer := (select Image filter ((.number in tags1.marks.images.number) and (exists (select .tags filter .tag.key in tags1.key and ((@score >= <float64>$p0 and @count >= <int64>$p1 and @origin in array_unpack(<array<str>>$p2)) ?? false)))))
select answer.number;

# {"tag": {"none": ["person"], "only": ["animal"], "atLeast": {"k": 2, "of": ["dog", "gown", "vehicle"]}}}
# $p0 = ['person', 'person.n.01']
# $p1 = ['person']
# $p2 = ['animal', 'animal.n.01']
# $p3 = ['animal']
# $p4 = ['dog', 'dog.n.01']
# $p5 = ['dog']
# $p6 = ['gown', 'gown.n.01']
# $p7 = ['gown']
# $p8 = ['vehicle', 'vehicle.n.01']
# $p9 = ['vehicle']
with
  synsets0 := (select Synset filter .name in array_unpack(<array<str>>$p0)),
  tags1 := (select distinct (synsets0.tags union synsets0.narrower.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p1)))),
  synsets2 := (select Synset filter .name in array_unpack(<array<str>>$p2)),
  tags3 := (select distinct (synsets2.tags union synsets2.narrower.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p3)))),
  synsets4 := (select Synset filter .name in array_unpack(<array<str>>$p4)),
  tags5 := (select distinct (synsets4.tags union synsets4.narrower.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p5)))),
  synsets6 := (select Synset filter .name in array_unpack(<array<str>>$p6)),
  tags7 := (select distinct (synsets6.tags union synsets6.narrower.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p7)))),
  synsets8 := (select Synset filter .name in array_unpack(<array<str>>$p8)),
  tags9 := (select distinct (synsets8.tags union synsets8.narrower.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p9)))),
  answer := (select Image filter ((not (.number in tags1.marks.images.number)) and (.number in tags3.marks.images.number) and (not exists (select .tags filter .tag.key not in tags3.key)) and (((1 if (.number in tags5.marks.images.number) else 0) + (1 if (.number in tags7.marks.images.number) else 0) + (1 if (.number in tags9.marks.images.number) else 0)) >= 2)))
select answer.number;

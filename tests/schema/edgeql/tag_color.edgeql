# {"tag": {"any": ["dress"], "color": "red"}}
# Narrows only: the law looks at what is found.
# $p0 = ['clothing.n.01', 'dress', 'dress.n.01']
# $p1 = ['dress']
with
  synsets0 := (select Synset filter .name in array_unpack(<array<str>>$p0)),
  tags1 := (select distinct (synsets0.tags union synsets0.narrower.tags union (select Tag filter .kind != 'concept' and .label in array_unpack(<array<str>>$p1)))),
  answer := (select Image filter ((.number in tags1.marks.images.number) and (exists (select .tags filter .tag.key in tags1.key and ((exists @colors) ?? false)))))
select answer.number;

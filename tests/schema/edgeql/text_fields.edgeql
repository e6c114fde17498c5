# {"text": {"words": "beach", "fields": ["KEYWORDS", "PATH"]}}
# $p0 = ' beach '
with
  answer := (select Image filter ((exists (select .tags filter contains(.tag.words, <str>$p0))) or (exists (select .files filter .shown and contains(.words, <str>$p0)))))
select answer.number;

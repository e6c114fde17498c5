# {"text": {"words": "happy birth*", "phrase": "new year"}}
# $p0 = ' happy '
# $p1 = ' birth'
# $p2 = ' new year '
with
  answer := (select Image filter ((contains(.ocr_words, <str>$p0) or contains(.title_words, <str>$p0) or contains(.caption_words, <str>$p0) or (exists (select .tags filter contains(.tag.words, <str>$p0))) or (exists (select .files filter .shown and contains(.words, <str>$p0)))) and (contains(.ocr_words, <str>$p1) or contains(.title_words, <str>$p1) or contains(.caption_words, <str>$p1) or (exists (select .tags filter contains(.tag.words, <str>$p1))) or (exists (select .files filter .shown and contains(.words, <str>$p1)))) and (contains(.ocr_words, <str>$p2) or contains(.title_words, <str>$p2) or contains(.caption_words, <str>$p2) or (exists (select .tags filter contains(.tag.words, <str>$p2))) or (exists (select .files filter .shown and contains(.words, <str>$p2))))))
select answer.number;

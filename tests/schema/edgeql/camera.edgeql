# {"camera": {"make": ["Canon"], "model": ["EOS 5D"], "lens": ["24-70mm"], "software": ["Lightroom"]}}
# $p0 = ' canon '
# $p1 = ' eos 5d '
# $p2 = ' 24 70mm '
# $p3 = ' lightroom '
with
  answer := (select Image filter (contains(.make_words, <str>$p0) and contains(.model_words, <str>$p1) and contains(.lens_words_of_name, <str>$p2) and contains(.software_words, <str>$p3)))
select answer.number;

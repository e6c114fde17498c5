# {"nsfw": {"max": 0.5}}
# $p0 = 0.5000000298023224
with
  answer := (select Image filter (((.nsfw ?? 0.0) <= <float64>$p0) ?? false))
select answer.number;

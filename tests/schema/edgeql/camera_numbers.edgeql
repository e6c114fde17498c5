# {"camera": {"iso": {"max": 400}, "aperture": {"min": 1.4, "max": 1.8}, "exposure": {"max": 0.001}, "focal": {"min": 85}, "flash": false, "known": true}}
# $p0 = 400.00001525878906
# $p1 = 1.3999999165534975
# $p2 = 1.800000011920929
# $p3 = 0.001000000105705112
# $p4 = 84.99999618530273
# $p5 = False
with
  answer := (select Image filter (((.iso <= <float64>$p0) ?? false) and ((.aperture >= <float64>$p1 and .aperture <= <float64>$p2) ?? false) and ((.exposure <= <float64>$p3) ?? false) and ((.focal35 >= <float64>$p4) ?? false) and ((.flash = <bool>$p5) ?? false) and (.make != '' or .model != '')))
select answer.number;

;; Kernels of the near-pair search: WebAssembly 2.0 (128-bit SIMD, no relaxed SIMD), one memory, no imports.
;; kernel-bytes.ts holds the assembled module (wat2wasm of wabt 1.0.32); kernel.ts says what each function takes.
;; Addresses and counts are i32, addresses in bytes. A "stride" is the number of floats from one row to the next: a multiple
;; of 4, the rest zero. Every list of pairs is (a, b) as two u32; a kernel that runs out of room stops before a row (or a
;; quad of rows) it might not finish, writes where to go on to $next, and returns how many pairs it wrote.
(module
  (memory (export "memory") 1)

  ;; Sum of squares (f64) and a 64-bit digest of the very bits of each row. A sum that is NaN or infinite tells of a
  ;; component that is not finite: squares of 32-bit floats cannot overflow 64 bits.
  (func (export "measure") (param $x i32) (param $rows i32) (param $stride i32) (param $squares i32) (param $digests i32)
    (local $end i32) (local $v v128) (local $s v128) (local $t v128) (local $h i64) (local $g i64)
    (block $done
      (loop $row
        (br_if $done (i32.eqz (local.get $rows)))
        (local.set $end (i32.add (local.get $x) (i32.shl (local.get $stride) (i32.const 2))))
        (local.set $s (v128.const f64x2 0 0))
        (local.set $t (v128.const f64x2 0 0))
        (local.set $h (i64.const 0x243f6a8885a308d3))
        (local.set $g (i64.const 0x13198a2e03707344))
        (loop $step
          (local.set $v (v128.load (local.get $x)))
          (local.set $h (i64.rotl (i64.mul (i64.xor (local.get $h) (i64x2.extract_lane 0 (local.get $v))) (i64.const 0x9e3779b97f4a7c15)) (i64.const 29)))
          (local.set $g (i64.rotl (i64.mul (i64.xor (local.get $g) (i64x2.extract_lane 1 (local.get $v))) (i64.const 0xbf58476d1ce4e5b9)) (i64.const 31)))
          (local.set $s (f64x2.add (local.get $s) (f64x2.mul (f64x2.promote_low_f32x4 (local.get $v)) (f64x2.promote_low_f32x4 (local.get $v)))))
          (local.set $v (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $v) (local.get $v)))
          (local.set $t (f64x2.add (local.get $t) (f64x2.mul (f64x2.promote_low_f32x4 (local.get $v)) (f64x2.promote_low_f32x4 (local.get $v)))))
          (local.set $x (i32.add (local.get $x) (i32.const 16)))
          (br_if $step (i32.lt_u (local.get $x) (local.get $end))))
        (local.set $s (f64x2.add (local.get $s) (local.get $t)))
        (f64.store (local.get $squares) (f64.add (f64x2.extract_lane 0 (local.get $s)) (f64x2.extract_lane 1 (local.get $s))))
        (local.set $h (i64.mul (i64.xor (local.get $h) (i64.mul (local.get $g) (i64.const 0x94d049bb133111eb))) (i64.const 0xff51afd7ed558ccd)))
        (i64.store (local.get $digests) (i64.xor (local.get $h) (i64.shr_u (local.get $h) (i64.const 32))))
        (local.set $squares (i32.add (local.get $squares) (i32.const 8)))
        (local.set $digests (i32.add (local.get $digests) (i32.const 8)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br $row))))

  ;; $sum += row / norm over the rows whose inverse norm is not 0.
  (func (export "accumulate") (param $x i32) (param $rows i32) (param $stride i32) (param $inverses i32) (param $sum i32)
    (local $bytes i32) (local $k i32) (local $inv v128)
    (local.set $bytes (i32.shl (local.get $stride) (i32.const 2)))
    (block $done
      (loop $row
        (br_if $done (i32.eqz (local.get $rows)))
        (if (f32.ne (f32.load (local.get $inverses)) (f32.const 0))
          (then
            (local.set $inv (v128.load32_splat (local.get $inverses)))
            (local.set $k (i32.const 0))
            (loop $step
              (v128.store (i32.add (local.get $sum) (local.get $k))
                (f32x4.add (v128.load (i32.add (local.get $sum) (local.get $k)))
                  (f32x4.mul (v128.load (i32.add (local.get $x) (local.get $k))) (local.get $inv))))
              (local.set $k (i32.add (local.get $k) (i32.const 16)))
              (br_if $step (i32.lt_u (local.get $k) (local.get $bytes))))))
        (local.set $x (i32.add (local.get $x) (local.get $bytes)))
        (local.set $inverses (i32.add (local.get $inverses) (i32.const 4)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br $row))))

  ;; One round of the rotation, in place: signs, then the Walsh-Hadamard transform of $bytes / 4 floats (a power of two >= 8).
  (func $round (param $work i32) (param $signs i32) (param $bytes i32)
    (local $h i32) (local $p i32) (local $half i32) (local $end i32) (local $v v128) (local $u v128)
    (local.set $p (local.get $work))
    (local.set $end (i32.add (local.get $work) (local.get $bytes)))
    (loop $lanes ;; distances 1 and 2, inside one register
      (local.set $v (f32x4.mul (v128.load (local.get $p)) (v128.load (local.get $signs))))
      (local.set $v (f32x4.add (f32x4.mul (local.get $v) (v128.const f32x4 1 -1 1 -1))
        (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get $v) (local.get $v))))
      (v128.store (local.get $p) (f32x4.add (f32x4.mul (local.get $v) (v128.const f32x4 1 1 -1 -1))
        (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $v) (local.get $v))))
      (local.set $signs (i32.add (local.get $signs) (i32.const 16)))
      (local.set $p (i32.add (local.get $p) (i32.const 16)))
      (br_if $lanes (i32.lt_u (local.get $p) (local.get $end))))
    (local.set $h (i32.const 16))
    (loop $stage
      (local.set $p (local.get $work))
      (loop $block
        (local.set $half (i32.add (local.get $p) (local.get $h)))
        (loop $pair
          (local.set $v (v128.load (local.get $p)))
          (local.set $u (v128.load (i32.add (local.get $p) (local.get $h))))
          (v128.store (local.get $p) (f32x4.add (local.get $v) (local.get $u)))
          (v128.store (i32.add (local.get $p) (local.get $h)) (f32x4.sub (local.get $v) (local.get $u)))
          (local.set $p (i32.add (local.get $p) (i32.const 16)))
          (br_if $pair (i32.lt_u (local.get $p) (local.get $half))))
        (local.set $p (i32.add (local.get $p) (local.get $h)))
        (br_if $block (i32.lt_u (local.get $p) (local.get $end))))
      (local.set $h (i32.shl (local.get $h) (i32.const 1)))
      (br_if $stage (i32.lt_u (local.get $h) (local.get $bytes)))))

  ;; 512 signs (64 bytes) of each row: row / norm - centre, three rounds, the signs of the first 512 coordinates; and its
  ;; squared distance from the centre. $work is $length floats, $signs 3 * $length floats of 1 and -1. Rows whose inverse
  ;; norm is 0 are left out.
  (func (export "sketch") (param $x i32) (param $rows i32) (param $stride i32) (param $inverses i32) (param $centre i32)
    (param $signs i32) (param $work i32) (param $length i32) (param $out i32) (param $distances i32)
    (local $bytes i32) (local $long i32) (local $k i32) (local $bit i32) (local $word i32)
    (local $inv v128) (local $v v128) (local $s v128)
    (local.set $bytes (i32.shl (local.get $stride) (i32.const 2)))
    (local.set $long (i32.shl (local.get $length) (i32.const 2)))
    (block $done
      (loop $row
        (br_if $done (i32.eqz (local.get $rows)))
        (if (f32.ne (f32.load (local.get $inverses)) (f32.const 0))
          (then
            (local.set $inv (v128.load32_splat (local.get $inverses)))
            (local.set $s (v128.const f32x4 0 0 0 0))
            (local.set $k (i32.const 0))
            (loop $step
              (local.set $v (f32x4.sub
                (f32x4.mul (v128.load (i32.add (local.get $x) (local.get $k))) (local.get $inv))
                (v128.load (i32.add (local.get $centre) (local.get $k)))))
              (local.set $s (f32x4.add (local.get $s) (f32x4.mul (local.get $v) (local.get $v))))
              (v128.store (i32.add (local.get $work) (local.get $k)) (local.get $v))
              (local.set $k (i32.add (local.get $k) (i32.const 16)))
              (br_if $step (i32.lt_u (local.get $k) (local.get $bytes))))
            (memory.fill (i32.add (local.get $work) (local.get $bytes)) (i32.const 0) (i32.sub (local.get $long) (local.get $bytes)))
            (f32.store (local.get $distances) (f32.add
              (f32.add (f32x4.extract_lane 0 (local.get $s)) (f32x4.extract_lane 1 (local.get $s)))
              (f32.add (f32x4.extract_lane 2 (local.get $s)) (f32x4.extract_lane 3 (local.get $s)))))
            (call $round (local.get $work) (local.get $signs) (local.get $long))
            (call $round (local.get $work) (i32.add (local.get $signs) (local.get $long)) (local.get $long))
            (call $round (local.get $work) (i32.add (local.get $signs) (i32.shl (local.get $long) (i32.const 1))) (local.get $long))
            (local.set $k (i32.const 0))
            (loop $words
              (local.set $word (i32.const 0))
              (local.set $bit (i32.const 0))
              (loop $bits
                (local.set $word (i32.or (local.get $word) (i32.shl
                  (i32x4.bitmask (v128.load (i32.add (i32.add (local.get $work) (i32.shl (local.get $k) (i32.const 5))) (i32.shl (local.get $bit) (i32.const 2)))))
                  (local.get $bit))))
                (local.set $bit (i32.add (local.get $bit) (i32.const 4)))
                (br_if $bits (i32.lt_u (local.get $bit) (i32.const 32))))
              (i32.store (i32.add (local.get $out) (local.get $k)) (local.get $word))
              (local.set $k (i32.add (local.get $k) (i32.const 4)))
              (br_if $words (i32.lt_u (local.get $k) (i32.const 64))))))
        (local.set $x (i32.add (local.get $x) (local.get $bytes)))
        (local.set $inverses (i32.add (local.get $inverses) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 64)))
        (local.set $distances (i32.add (local.get $distances) (i32.const 4)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br $row))))

  ;; Bits in which the other 384 differ.
  (func $rest (param $a i32) (param $b i32) (result i64)
    (i64.add (i64.add (i64.add (i64.add (i64.add (i64.popcnt (i64.xor (i64.load offset=0 (local.get $a)) (i64.load offset=0 (local.get $b))))
      (i64.popcnt (i64.xor (i64.load offset=8 (local.get $a)) (i64.load offset=8 (local.get $b)))))
      (i64.popcnt (i64.xor (i64.load offset=16 (local.get $a)) (i64.load offset=16 (local.get $b)))))
      (i64.popcnt (i64.xor (i64.load offset=24 (local.get $a)) (i64.load offset=24 (local.get $b)))))
      (i64.popcnt (i64.xor (i64.load offset=32 (local.get $a)) (i64.load offset=32 (local.get $b)))))
      (i64.popcnt (i64.xor (i64.load offset=40 (local.get $a)) (i64.load offset=40 (local.get $b))))))

  ;; Pairs of sketches that differ in no more bits than row a allows: $first of the first 128, $whole of all 512 (u32 each a
  ;; row). Heads are 16 bytes a row, tails 48. With $triangle both sides are the same rows and only a < b counts. The heads of
  ;; b are read in fours: up to 3 rows behind the last, which are not judged.
  (func (export "near") (param $heads i32) (param $tails i32) (param $from i32) (param $to i32)
    (param $bHeads i32) (param $bTails i32) (param $bCount i32) (param $first i32) (param $whole i32)
    (param $triangle i32) (param $out i32) (param $room i32) (param $next i32) (result i32)
    (local $b i32) (local $p i32) (local $last i32) (local $found i32) (local $x i64) (local $y i64) (local $limit i64) (local $h i64)
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
        (br_if $done (i32.gt_u (i32.add (local.get $found) (local.get $bCount)) (local.get $room)))
        (local.set $p (i32.add (local.get $heads) (i32.shl (local.get $from) (i32.const 4))))
        (local.set $x (i64.load (local.get $p)))
        (local.set $y (i64.load offset=8 (local.get $p)))
        (local.set $limit (i64.add (i64.load32_u (i32.add (local.get $first) (i32.shl (local.get $from) (i32.const 2)))) (i64.const 1)))
        (local.set $b (select (i32.and (i32.add (local.get $from) (i32.const 1)) (i32.const -4)) (i32.const 0) (local.get $triangle)))
        (block $end
          (loop $quad
            (br_if $end (i32.ge_u (local.get $b) (local.get $bCount)))
            (local.set $p (i32.add (local.get $bHeads) (i32.shl (local.get $b) (i32.const 4))))
            (if (i64.lt_s (i64.or
                (i64.or (i64.sub (i64.add (i64.popcnt (i64.xor (local.get $x) (i64.load offset=0 (local.get $p))))
                                 (i64.popcnt (i64.xor (local.get $y) (i64.load offset=8 (local.get $p))))) (local.get $limit))
                        (i64.sub (i64.add (i64.popcnt (i64.xor (local.get $x) (i64.load offset=16 (local.get $p))))
                                 (i64.popcnt (i64.xor (local.get $y) (i64.load offset=24 (local.get $p))))) (local.get $limit)))
                (i64.or (i64.sub (i64.add (i64.popcnt (i64.xor (local.get $x) (i64.load offset=32 (local.get $p))))
                                 (i64.popcnt (i64.xor (local.get $y) (i64.load offset=40 (local.get $p))))) (local.get $limit))
                        (i64.sub (i64.add (i64.popcnt (i64.xor (local.get $x) (i64.load offset=48 (local.get $p))))
                                 (i64.popcnt (i64.xor (local.get $y) (i64.load offset=56 (local.get $p))))) (local.get $limit)))) (i64.const 0))
              (then
                (local.set $last (i32.add (local.get $b) (i32.const 4)))
                (loop $one
                  (local.set $h (i64.add (i64.popcnt (i64.xor (local.get $x) (i64.load (local.get $p))))
                                         (i64.popcnt (i64.xor (local.get $y) (i64.load offset=8 (local.get $p))))))
                  (if (i32.and (i64.lt_u (local.get $h) (local.get $limit))
                        (i32.and (i32.lt_u (local.get $b) (local.get $bCount))
                          (i32.or (i32.eqz (local.get $triangle)) (i32.gt_u (local.get $b) (local.get $from)))))
                    (then
                      (if (i64.le_u
                            (i64.add (local.get $h) (call $rest
                              (i32.add (local.get $tails) (i32.mul (local.get $from) (i32.const 48)))
                              (i32.add (local.get $bTails) (i32.mul (local.get $b) (i32.const 48)))))
                            (i64.load32_u (i32.add (local.get $whole) (i32.shl (local.get $from) (i32.const 2)))))
                        (then
                          (i32.store (i32.add (local.get $out) (i32.shl (local.get $found) (i32.const 3))) (local.get $from))
                          (i32.store offset=4 (i32.add (local.get $out) (i32.shl (local.get $found) (i32.const 3))) (local.get $b))
                          (local.set $found (i32.add (local.get $found) (i32.const 1)))))))
                  (local.set $p (i32.add (local.get $p) (i32.const 16)))
                  (local.set $b (i32.add (local.get $b) (i32.const 1)))
                  (br_if $one (i32.lt_u (local.get $b) (local.get $last)))))
              (else (local.set $b (i32.add (local.get $b) (i32.const 4)))))
            (br $quad)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $row)))
    (i32.store (local.get $next) (local.get $from))
    (local.get $found))

  ;; Bits (u16) in which the sketch of row $a differs from those of $count rows.
  (func (export "distances") (param $head i32) (param $tail i32) (param $bHeads i32) (param $bTails i32) (param $count i32) (param $out i32)
    (block $done
      (loop $row
        (br_if $done (i32.eqz (local.get $count)))
        (i64.store16 (local.get $out) (i64.add
          (i64.add (i64.popcnt (i64.xor (i64.load (local.get $head)) (i64.load (local.get $bHeads))))
                   (i64.popcnt (i64.xor (i64.load offset=8 (local.get $head)) (i64.load offset=8 (local.get $bHeads)))))
          (call $rest (local.get $tail) (local.get $bTails))))
        (local.set $out (i32.add (local.get $out) (i32.const 2)))
        (local.set $bHeads (i32.add (local.get $bHeads) (i32.const 16)))
        (local.set $bTails (i32.add (local.get $bTails) (i32.const 48)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $row))))

  ;; Pairs of 64-bit words that differ in no more than $limit bits; as "near" otherwise, b read in fours.
  (func (export "words") (param $a i32) (param $from i32) (param $to i32) (param $bWords i32) (param $bCount i32) (param $limit i64)
    (param $triangle i32) (param $out i32) (param $room i32) (param $next i32) (result i32)
    (local $b i32) (local $p i32) (local $last i32) (local $found i32) (local $x i64)
    (local.set $limit (i64.add (local.get $limit) (i64.const 1)))
    (block $done
      (loop $row
        (br_if $done (i32.ge_u (local.get $from) (local.get $to)))
        (br_if $done (i32.gt_u (i32.add (local.get $found) (local.get $bCount)) (local.get $room)))
        (local.set $x (i64.load (i32.add (local.get $a) (i32.shl (local.get $from) (i32.const 3)))))
        (local.set $b (select (i32.and (i32.add (local.get $from) (i32.const 1)) (i32.const -4)) (i32.const 0) (local.get $triangle)))
        (block $end
          (loop $quad
            (br_if $end (i32.ge_u (local.get $b) (local.get $bCount)))
            (local.set $p (i32.add (local.get $bWords) (i32.shl (local.get $b) (i32.const 3))))
            (if (i64.lt_s (i64.or
                (i64.or (i64.sub (i64.popcnt (i64.xor (local.get $x) (i64.load offset=0 (local.get $p)))) (local.get $limit)) (i64.sub (i64.popcnt (i64.xor (local.get $x) (i64.load offset=8 (local.get $p)))) (local.get $limit)))
                (i64.or (i64.sub (i64.popcnt (i64.xor (local.get $x) (i64.load offset=16 (local.get $p)))) (local.get $limit)) (i64.sub (i64.popcnt (i64.xor (local.get $x) (i64.load offset=24 (local.get $p)))) (local.get $limit)))) (i64.const 0))
              (then
                (local.set $last (i32.add (local.get $b) (i32.const 4)))
                (loop $one
                  (if (i32.and (i64.lt_u (i64.popcnt (i64.xor (local.get $x) (i64.load (local.get $p)))) (local.get $limit))
                        (i32.and (i32.lt_u (local.get $b) (local.get $bCount))
                          (i32.or (i32.eqz (local.get $triangle)) (i32.gt_u (local.get $b) (local.get $from)))))
                    (then
                      (i32.store (i32.add (local.get $out) (i32.shl (local.get $found) (i32.const 3))) (local.get $from))
                      (i32.store offset=4 (i32.add (local.get $out) (i32.shl (local.get $found) (i32.const 3))) (local.get $b))
                      (local.set $found (i32.add (local.get $found) (i32.const 1)))))
                  (local.set $p (i32.add (local.get $p) (i32.const 8)))
                  (local.set $b (i32.add (local.get $b) (i32.const 1)))
                  (br_if $one (i32.lt_u (local.get $b) (local.get $last)))))
              (else (local.set $b (i32.add (local.get $b) (i32.const 4)))))
            (br $quad)))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $row)))
    (i32.store (local.get $next) (local.get $from))
    (local.get $found))

  ;; Four dot products out of four accumulators. (The loop of $dots is not unrolled: with more values alive V8 spills registers,
  ;; and it ran at 27 instead of 36 GFLOP/s.)
  (func $across (param $c0 v128) (param $c1 v128) (param $c2 v128) (param $c3 v128) (result v128)
    (local $lo v128) (local $hi v128)
    (local.set $lo (f32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $c0) (local.get $c1))
      (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $c0) (local.get $c1))))
    (local.set $hi (f32x4.add
      (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $c2) (local.get $c3))
      (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31 (local.get $c2) (local.get $c3))))
    (f32x4.add
      (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $lo) (local.get $hi))
      (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $lo) (local.get $hi))))

  ;; Pairs whose dot product times both inverse norms reaches $limit, in 32-bit arithmetic, in tiles of 2 rows of a and 4 of b.
  ;; Rows behind the last are read (one of a, three of b, and their inverse norms) but not judged. Goes on at row $from of b, a
  ;; multiple of 4. With $triangle both sides are the same rows and only a < b counts.
  (func (export "dots") (param $a i32) (param $aCount i32) (param $b i32) (param $bCount i32) (param $stride i32)
    (param $aInverses i32) (param $bInverses i32) (param $limit f32) (param $triangle i32) (param $from i32)
    (param $out i32) (param $room i32) (param $next i32) (result i32)
    (local $bytes i32) (local $i i32) (local $aEnd i32) (local $found i32) (local $mask i32) (local $half i32) (local $j i32) (local $row i32)
    (local $p i32) (local $p1 i32) (local $pEnd i32) (local $q0 i32) (local $q1 i32) (local $q2 i32) (local $q3 i32) (local $base i32)
    (local $x v128) (local $y v128) (local $z v128) (local $inv v128)
    (local $c00 v128) (local $c01 v128) (local $c02 v128) (local $c03 v128)
    (local $c10 v128) (local $c11 v128) (local $c12 v128) (local $c13 v128)
    (local.set $bytes (i32.shl (local.get $stride) (i32.const 2)))
    (block $done
      (loop $quad
        (br_if $done (i32.ge_u (local.get $from) (local.get $bCount)))
        (br_if $done (i32.gt_u (i32.add (local.get $found) (i32.shl (local.get $aCount) (i32.const 2))) (local.get $room)))
        (local.set $base (i32.add (local.get $b) (i32.mul (local.get $from) (local.get $bytes))))
        (local.set $inv (v128.load (i32.add (local.get $bInverses) (i32.shl (local.get $from) (i32.const 2)))))
        (local.set $aEnd (select (i32.add (local.get $from) (i32.const 3)) (local.get $aCount) (local.get $triangle)))
        (local.set $aEnd (select (local.get $aEnd) (local.get $aCount) (i32.lt_u (local.get $aEnd) (local.get $aCount))))
        (local.set $i (i32.const 0))
        (local.set $p (local.get $a))
        (block $end
          (loop $pair
            (br_if $end (i32.ge_u (local.get $i) (local.get $aEnd)))
            (local.set $p1 (i32.add (local.get $p) (local.get $bytes)))
            (local.set $pEnd (local.get $p1))
            (local.set $q0 (local.get $base))
            (local.set $q1 (i32.add (local.get $q0) (local.get $bytes)))
            (local.set $q2 (i32.add (local.get $q1) (local.get $bytes)))
            (local.set $q3 (i32.add (local.get $q2) (local.get $bytes)))
            (local.set $c00 (v128.const f32x4 0 0 0 0))
            (local.set $c01 (v128.const f32x4 0 0 0 0))
            (local.set $c02 (v128.const f32x4 0 0 0 0))
            (local.set $c03 (v128.const f32x4 0 0 0 0))
            (local.set $c10 (v128.const f32x4 0 0 0 0))
            (local.set $c11 (v128.const f32x4 0 0 0 0))
            (local.set $c12 (v128.const f32x4 0 0 0 0))
            (local.set $c13 (v128.const f32x4 0 0 0 0))
            (loop $step
              (local.set $x (v128.load (local.get $p)))
              (local.set $y (v128.load (local.get $p1)))
              (local.set $z (v128.load (local.get $q0)))
              (local.set $c00 (f32x4.add (local.get $c00) (f32x4.mul (local.get $x) (local.get $z))))
              (local.set $c10 (f32x4.add (local.get $c10) (f32x4.mul (local.get $y) (local.get $z))))
              (local.set $z (v128.load (local.get $q1)))
              (local.set $c01 (f32x4.add (local.get $c01) (f32x4.mul (local.get $x) (local.get $z))))
              (local.set $c11 (f32x4.add (local.get $c11) (f32x4.mul (local.get $y) (local.get $z))))
              (local.set $z (v128.load (local.get $q2)))
              (local.set $c02 (f32x4.add (local.get $c02) (f32x4.mul (local.get $x) (local.get $z))))
              (local.set $c12 (f32x4.add (local.get $c12) (f32x4.mul (local.get $y) (local.get $z))))
              (local.set $z (v128.load (local.get $q3)))
              (local.set $c03 (f32x4.add (local.get $c03) (f32x4.mul (local.get $x) (local.get $z))))
              (local.set $c13 (f32x4.add (local.get $c13) (f32x4.mul (local.get $y) (local.get $z))))
              (local.set $p1 (i32.add (local.get $p1) (i32.const 16)))
              (local.set $q0 (i32.add (local.get $q0) (i32.const 16)))
              (local.set $q1 (i32.add (local.get $q1) (i32.const 16)))
              (local.set $q2 (i32.add (local.get $q2) (i32.const 16)))
              (local.set $q3 (i32.add (local.get $q3) (i32.const 16)))
              (local.set $p (i32.add (local.get $p) (i32.const 16)))
              (br_if $step (i32.lt_u (local.get $p) (local.get $pEnd))))
            (local.set $p (local.get $p1))
            (local.set $x (f32x4.mul (f32x4.mul (call $across (local.get $c00) (local.get $c01) (local.get $c02) (local.get $c03)) (local.get $inv))
              (v128.load32_splat (i32.add (local.get $aInverses) (i32.shl (local.get $i) (i32.const 2))))))
            (local.set $y (f32x4.mul (f32x4.mul (call $across (local.get $c10) (local.get $c11) (local.get $c12) (local.get $c13)) (local.get $inv))
              (v128.load32_splat offset=4 (i32.add (local.get $aInverses) (i32.shl (local.get $i) (i32.const 2))))))
            (local.set $mask (i32.or
              (i32x4.bitmask (f32x4.ge (local.get $x) (f32x4.splat (local.get $limit))))
              (i32.shl (i32x4.bitmask (f32x4.ge (local.get $y) (f32x4.splat (local.get $limit)))) (i32.const 4))))
            (block $stored
              (loop $bit ;; lowest bit first: 0-3 are row i, 4-7 row i + 1
                (br_if $stored (i32.eqz (local.get $mask)))
                (local.set $half (i32.ctz (local.get $mask)))
                (local.set $mask (i32.and (local.get $mask) (i32.sub (local.get $mask) (i32.const 1))))
                (local.set $row (i32.add (local.get $i) (i32.shr_u (local.get $half) (i32.const 2))))
                (local.set $j (i32.add (local.get $from) (i32.and (local.get $half) (i32.const 3))))
                (if (i32.and
                      (i32.and (i32.lt_u (local.get $row) (local.get $aCount)) (i32.lt_u (local.get $j) (local.get $bCount)))
                      (i32.or (i32.eqz (local.get $triangle)) (i32.lt_u (local.get $row) (local.get $j))))
                  (then
                    (i32.store (i32.add (local.get $out) (i32.shl (local.get $found) (i32.const 3))) (local.get $row))
                    (i32.store offset=4 (i32.add (local.get $out) (i32.shl (local.get $found) (i32.const 3))) (local.get $j))
                    (local.set $found (i32.add (local.get $found) (i32.const 1)))))
                (br $bit)))
            (local.set $i (i32.add (local.get $i) (i32.const 2)))
            (br $pair)))
        (local.set $from (i32.add (local.get $from) (i32.const 4)))
        (br $quad)))
    (i32.store (local.get $next) (local.get $from))
    (local.get $found))

  ;; Dot product with 64-bit sums.
  (func (export "dot") (param $a i32) (param $b i32) (param $stride i32) (result f64)
    (local $end i32) (local $x v128) (local $y v128) (local $s v128) (local $t v128)
    (local.set $end (i32.add (local.get $a) (i32.shl (local.get $stride) (i32.const 2))))
    (loop $step
      (local.set $x (v128.load (local.get $a)))
      (local.set $y (v128.load (local.get $b)))
      (local.set $s (f64x2.add (local.get $s) (f64x2.mul (f64x2.promote_low_f32x4 (local.get $x)) (f64x2.promote_low_f32x4 (local.get $y)))))
      (local.set $x (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $x) (local.get $x)))
      (local.set $y (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $y) (local.get $y)))
      (local.set $t (f64x2.add (local.get $t) (f64x2.mul (f64x2.promote_low_f32x4 (local.get $x)) (f64x2.promote_low_f32x4 (local.get $y)))))
      (local.set $a (i32.add (local.get $a) (i32.const 16)))
      (local.set $b (i32.add (local.get $b) (i32.const 16)))
      (br_if $step (i32.lt_u (local.get $a) (local.get $end))))
    (local.set $s (f64x2.add (local.get $s) (local.get $t)))
    (f64.add (f64x2.extract_lane 0 (local.get $s)) (f64x2.extract_lane 1 (local.get $s))))
)

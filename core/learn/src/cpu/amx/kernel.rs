//! The tiles themselves.

/// The sums of 2 × 2 tiles: upper left, upper right, lower left, lower right, row after row.
pub(super) type Sums = [[SumLine; 16]; 4];

/// A row of a tile of sums.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct SumLine(pub [f32; 16]);

/// A thread's tiles, configured; the sums of the last product.
pub(super) struct Tiles {
    sums: Sums,
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
mod real {
    use super::super::LINES;
    use super::super::pack::Line;
    use super::{SumLine, Tiles};
    use std::arch::asm;

    /// Asks the CPU for AMX with bfloat16, and the kernel for leave to use its registers.
    pub(in super::super) fn request() -> bool {
        const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
        const XFEATURE_XTILEDATA: libc::c_long = 18;
        const AMX_BF16_AND_TILE: u32 = (1 << 22) | (1 << 24);
        let leaf = std::arch::x86_64::__cpuid_count(7, 0);
        // SAFETY: the call changes nothing but what this process's threads may use.
        leaf.edx & AMX_BF16_AND_TILE == AMX_BF16_AND_TILE
            && unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) } == 0
    }

    /// Palette 1, eight tiles of 16 rows of 64 bytes (Intel's manual, volume 1, chapter 18).
    #[repr(C, align(64))]
    struct TileConfig([u8; 64]);

    static CONFIG: TileConfig = {
        let mut bytes = [0; 64];
        bytes[0] = 1;
        let mut tile = 0;
        while tile < 8 {
            bytes[16 + 2 * tile] = 64;
            bytes[48 + tile] = 16;
            tile += 1;
        }
        TileConfig(bytes)
    };

    /// Runs `work` with this thread's tiles configured, and gives them back.
    pub(in super::super) fn with_tiles(work: impl FnOnce(&mut Tiles)) {
        struct Release;
        impl Drop for Release {
            fn drop(&mut self) {
                // SAFETY: the tiles are this thread's, and nobody uses them after this.
                unsafe { asm!("tilerelease", options(nomem, nostack)) };
            }
        }
        // SAFETY: `request` was granted (the caller's promise), and the configuration is a valid one.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const CONFIG, options(readonly, nostack)) };
        let _release = Release;
        work(&mut Tiles { sums: [[SumLine([0.0; 16]); 16]; 4] });
    }

    impl Tiles {
        /// Two packed tile rows times two packed tile columns, each `blocks` tiles of [`LINES`] lines.
        pub(in super::super) fn multiply(&mut self, left: &[Line], right: &[Line], blocks: usize) -> &super::Sums {
            assert!(blocks > 0 && left.len() == 2 * blocks * LINES && right.len() == 2 * blocks * LINES);
            let (a, b) = (left.as_ptr(), right.as_ptr());
            let half = blocks * LINES;
            // SAFETY: every load stays within the `blocks` tiles of each of the four rows (asserted), the stores within
            // the sums; the tiles are configured since `with_tiles` made `self`. The compiler never uses tile registers.
            unsafe {
                asm!(
                    "tilezero tmm0",
                    "tilezero tmm1",
                    "tilezero tmm2",
                    "tilezero tmm3",
                    "2:",
                    // Upper halves by upper halves.
                    "tileloadd tmm4, [{a0} + {stride}*1]",
                    "tileloadd tmm5, [{a1} + {stride}*1]",
                    "tileloadd tmm6, [{b0} + {stride}*1]",
                    "tileloadd tmm7, [{b1} + {stride}*1]",
                    "tdpbf16ps tmm0, tmm4, tmm6",
                    "tdpbf16ps tmm1, tmm4, tmm7",
                    "tdpbf16ps tmm2, tmm5, tmm6",
                    "tdpbf16ps tmm3, tmm5, tmm7",
                    // Upper by lower.
                    "tileloadd tmm6, [{b0} + {stride}*1 + 1024]",
                    "tileloadd tmm7, [{b1} + {stride}*1 + 1024]",
                    "tdpbf16ps tmm0, tmm4, tmm6",
                    "tdpbf16ps tmm1, tmm4, tmm7",
                    "tdpbf16ps tmm2, tmm5, tmm6",
                    "tdpbf16ps tmm3, tmm5, tmm7",
                    // Lower by upper.
                    "tileloadd tmm4, [{a0} + {stride}*1 + 1024]",
                    "tileloadd tmm5, [{a1} + {stride}*1 + 1024]",
                    "tileloadd tmm6, [{b0} + {stride}*1]",
                    "tileloadd tmm7, [{b1} + {stride}*1]",
                    "tdpbf16ps tmm0, tmm4, tmm6",
                    "tdpbf16ps tmm1, tmm4, tmm7",
                    "tdpbf16ps tmm2, tmm5, tmm6",
                    "tdpbf16ps tmm3, tmm5, tmm7",
                    "add {a0}, 2048",
                    "add {a1}, 2048",
                    "add {b0}, 2048",
                    "add {b1}, 2048",
                    "dec {blocks}",
                    "jnz 2b",
                    "tilestored [{sums} + {stride}*1], tmm0",
                    "tilestored [{sums} + {stride}*1 + 1024], tmm1",
                    "tilestored [{sums} + {stride}*1 + 2048], tmm2",
                    "tilestored [{sums} + {stride}*1 + 3072], tmm3",
                    a0 = inout(reg) a => _,
                    a1 = inout(reg) a.add(half) => _,
                    b0 = inout(reg) b => _,
                    b1 = inout(reg) b.add(half) => _,
                    blocks = inout(reg) blocks => _,
                    sums = in(reg) self.sums.as_mut_ptr(),
                    stride = in(reg) 64usize,
                    options(nostack),
                );
            }
            &self.sums
        }
    }
}

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
mod real {
    use super::super::pack::Line;
    use super::{SumLine, Tiles};

    /// No matrix unit is asked for on this platform.
    pub(in super::super) fn request() -> bool {
        false
    }

    /// Never called: [`request`] is false.
    pub(in super::super) fn with_tiles(work: impl FnOnce(&mut Tiles)) {
        work(&mut Tiles { sums: [[SumLine([0.0; 16]); 16]; 4] });
    }

    impl Tiles {
        /// Never called: [`request`] is false.
        pub(in super::super) fn multiply(&mut self, _: &[Line], _: &[Line], _: usize) -> &super::Sums {
            &self.sums
        }
    }
}

pub(super) use real::{request, with_tiles};

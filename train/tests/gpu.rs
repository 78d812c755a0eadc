//! The GPU, or a software one, against the CPU. Only built with the feature `gpu`; run by `cargo
//! xtask test --gpu`.
#![cfg(feature = "gpu")]

use nfx_train::device::{DeviceChoice, SAME_LOSS, first_losses, resolve};

#[test]
fn wgpu_and_the_cpu_come_to_the_same_losses() {
    let (cpu, _) = resolve(DeviceChoice::Cpu).expect("CPU");
    let (gpu, _) = resolve(DeviceChoice::Gpu)
        .expect("an adapter; on a machine without a GPU install mesa-vulkan-drivers");
    let (a, b) =
        (first_losses(&cpu, 6).expect("CPU steps"), first_losses(&gpu, 6).expect("GPU steps"));
    println!("{:>4}  {:<24}  {}", "step", cpu.name(), gpu.name());
    for (n, (a, b)) in a.iter().zip(&b).enumerate() {
        println!("{:>4}  {a:<24.7}  {b:.7}", n + 1);
        assert!(
            (a / b - 1.0).abs() <= SAME_LOSS,
            "step {}: {a} on the CPU, {b} on {}",
            n + 1,
            gpu.name()
        );
    }
    assert!(a[5] < a[0], "and the network learns");
}

/// The texts of the factory presets, in the browser's order.
pub static PRESETS: [&str; 1] = [include_str!("../presets/init.json")];

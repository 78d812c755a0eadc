//! What the library and its bundle say about themselves.

use std::path::Path;

use vst3::Steinberg::Vst::{IMidiMapping, IMidiMappingTrait};
use vst3::Steinberg::{
    IPluginFactory2, IPluginFactory2Trait, IPluginFactoryTrait, PClassInfo2, PFactoryInfo,
    kResultOk,
};

use super::cases;
use crate::strict::expect;
use crate::vst3_host::{Found, Module};

cases! {
    factory_says_who_made_it: "vendor, address and mail of the factory";
    moduleinfo_says_the_same: "`moduleinfo.json` of the bundle beside the factory's own words";
    midi_controllers_have_names_that_hosts_hide: "the hidden parameters of MIDI controllers are named as JUCE's are";
    classes_beyond_the_list: "a class before the first and past the last, null places, an unknown class";
}

fn text(bytes: &[i8]) -> String {
    bytes.iter().take_while(|byte| **byte != 0).map(|byte| char::from(*byte as u8)).collect()
}

fn info(module: &Module) -> Result<PFactoryInfo, String> {
    // SAFETY: numbers and texts.
    let mut info: PFactoryInfo = unsafe { std::mem::zeroed() };
    // SAFETY: the place is ours.
    let result = unsafe { module.factory().getFactoryInfo(&raw mut info) };
    if result == kResultOk { Ok(info) } else { Err(format!("getFactoryInfo answers {result}")) }
}

fn factory_says_who_made_it(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let info = info(&module)?;
    let (vendor, url, mail) = (text(&info.vendor), text(&info.url), text(&info.email));
    expect(vendor == "Latent Works", || format!("the vendor is `{vendor}`"))?;
    expect(url.starts_with("https://"), || format!("an address was expected, but it is `{url}`"))?;
    expect(mail.contains('@'), || format!("a mail address was expected, but it is `{mail}`"))?;
    Ok(format!("{url}, {mail}"))
}

fn moduleinfo_says_the_same(plugin: &Path) -> Found {
    let path = plugin.join("Contents/Resources/moduleinfo.json");
    let bytes = std::fs::read(&path)
        .map_err(|error| format!("Contents/Resources/moduleinfo.json: {error}"))?;
    let json: serde_json::Value =
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let module = Module::open(plugin)?;
    let info = info(&module)?;
    let factory = &json["Factory Info"];
    for (key, said) in
        [("Vendor", text(&info.vendor)), ("URL", text(&info.url)), ("E-Mail", text(&info.email))]
    {
        expect(factory[key] == said, || {
            format!("{key}: the factory says `{said}`, the file {}", factory[key])
        })?;
    }
    let second: vst3::ComPtr<IPluginFactory2> =
        module.factory().cast().ok_or("there is no IPluginFactory2")?;
    // SAFETY: numbers and texts.
    let mut class: PClassInfo2 = unsafe { std::mem::zeroed() };
    // SAFETY: the place is ours.
    unsafe { second.getClassInfo2(0, &raw mut class) };
    let id: String = class.cid.iter().map(|byte| format!("{:02X}", *byte as u8)).collect();
    let listed = &json["Classes"][0];
    let subs: Vec<String> = text(&class.subCategories).split('|').map(str::to_owned).collect();
    for (key, said) in [
        ("CID", id),
        ("Category", text(&class.category)),
        ("Name", text(&class.name)),
        ("Vendor", text(&class.vendor)),
        ("Version", text(&class.version)),
        ("SDKVersion", text(&class.sdkVersion)),
    ] {
        expect(listed[key] == said, || {
            format!("{key}: the factory says `{said}`, the file {}", listed[key])
        })?;
    }
    expect(listed["Sub Categories"] == serde_json::json!(subs), || {
        format!("{}", listed["Sub Categories"])
    })?;
    Ok(text(&class.name))
}

fn midi_controllers_have_names_that_hosts_hide(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let plug = module.create()?;
    let params = plug.params();
    let Some(mapping) = plug.controller.cast::<IMidiMapping>() else {
        return Err("there is no IMidiMapping".into());
    };
    let mut found = 0;
    for (channel, controller) in
        (0..16).flat_map(|channel| (0..130).map(move |controller| (channel, controller)))
    {
        let mut id = 0;
        // SAFETY: numbers and a place of ours.
        let result =
            unsafe { mapping.getMidiControllerAssignment(0, channel, controller, &raw mut id) };
        if result != kResultOk {
            continue;
        }
        found += 1;
        let name =
            params.iter().find(|param| param.id == id).map_or("", |param| param.name.as_str());
        let start = format!("MIDI CC {}|", channel + 1);
        expect(name.starts_with(&start), || {
            format!("controller {controller} of channel {channel} is `{name}`")
        })?;
    }
    let named = params.iter().filter(|param| param.name.starts_with("MIDI")).count();
    expect(named == found, || {
        format!("{named} parameters have such names, and {found} are controllers")
    })?;
    Ok(format!("{found} of {} parameters", params.len()))
}

fn classes_beyond_the_list(plugin: &Path) -> Found {
    let module = Module::open(plugin)?;
    let factory = module.factory();
    // SAFETY: what is null or out of range is what the case is about.
    unsafe {
        let mut class = std::mem::zeroed();
        for index in [-1, 1, i32::MAX, i32::MIN] {
            expect(factory.getClassInfo(index, &raw mut class) != kResultOk, || {
                format!("there is a class {index}")
            })?;
        }
        expect(factory.getClassInfo(0, std::ptr::null_mut()) != kResultOk, || {
            "a null place is filled".into()
        })?;
        expect(factory.getFactoryInfo(std::ptr::null_mut()) != kResultOk, || {
            "a null place is filled".into()
        })?;
        let mut object = std::ptr::null_mut();
        let class = [1i8; 16];
        let null = std::ptr::null();
        let made = factory.createInstance(class.as_ptr(), class.as_ptr(), &raw mut object);
        expect(made != kResultOk, || "an unknown class is made".into())?;
        expect(factory.createInstance(null, null, &raw mut object) != kResultOk, || {
            "a null class is made".into()
        })?;
        let class = module.class_id()?;
        let made = factory.createInstance(class.as_ptr(), [2i8; 16].as_ptr(), &raw mut object);
        expect(made != kResultOk, || "an unknown interface is handed over".into())?;
    }
    Ok(String::new())
}

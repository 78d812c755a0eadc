//! What every plugin of the suite tells a host alike.

/// Within `impl Plugin`: maker, version, editor and parameters of a plugin that has the fields
/// `params` and `model` and the modules `editor` and `factory`. `$bring_up` adds to a saved state,
/// once it is harmless, what states of an earlier version lack.
#[macro_export]
macro_rules! of_the_suite {
    ($params:ty, $bring_up:expr) => {
        const VENDOR: &'static str = $crate::suite::VENDOR;
        const URL: &'static str = $crate::suite::ADDRESS;
        const EMAIL: &'static str = $crate::suite::MAIL;
        const VERSION: &'static str = env!("CARGO_PKG_VERSION");
        const SAMPLE_ACCURATE_AUTOMATION: bool = true;

        type Editor = ::nice_plug_egui::EguiEditor<editor::App>;
        type SysExMessage = ();
        type BackgroundTask = ();

        fn params(&self) -> ::std::sync::Arc<dyn ::nice_plug::params::Params> {
            self.params.clone()
        }

        fn editor(
            &mut self,
            _executor: ::nice_plug::context::gui::AsyncExecutor<Self>,
        ) -> Option<Self::Editor> {
            editor::create(self.model.clone())
        }

        fn filter_state(state: &mut ::nice_plug::plugin::PluginState) {
            use ::std::sync::{Arc, LazyLock};
            static TABLE: LazyLock<$crate::table::ParamTable> =
                LazyLock::new(|| $crate::table::ParamTable::new(Arc::new(<$params>::default())));
            $crate::state_check::make_sane(&TABLE, state);
            $bring_up(state);
        }
    };
}

/// For a plugin with the field `model`, an editor's handle: what hosts may do with it, and its end.
#[macro_export]
macro_rules! instance_of_the_suite {
    ($plugin:ty) => {
        impl $crate::hosted::Hosted for $plugin {
            const KIND: Option<$crate::editing::Kind> = Some(editor_model::KIND);

            fn host_side(&self) -> Option<::std::sync::Arc<dyn $crate::hosted::HostSide>> {
                Some((**self.model).clone())
            }
        }

        impl Drop for $plugin {
            fn drop(&mut self) {
                // Nothing that the instance has begun outlives it: a host may unload the library
                // next.
                self.model.worker().end();
            }
        }
    };
}

/// Who made it.
pub const VENDOR: &str = "Latent Works";
/// Where the suite is at home.
pub const ADDRESS: &str = "https://latent.works";
/// Where its people can be written to.
pub const MAIL: &str = "hello@latent.works";

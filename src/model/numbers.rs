//! A macro that declares a struct of named numbers together with an enum of its field names, so that any number can also be reached by name.

/// Declares a struct of `f64` fields and an enum that names them: `get`, `set` and `ALL` link the two.
macro_rules! numbers {
    (
        $(#[$struct_doc:meta])* $struct_name:ident,
        $(#[$enum_doc:meta])* $enum_name:ident {
            $( $(#[$field_doc:meta])* $field:ident $variant:ident, )*
        }
    ) => {
        $(#[$struct_doc])*
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct $struct_name {
            $( $(#[$field_doc])* pub $field: f64, )*
        }

        $(#[$enum_doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $enum_name {
            $( $(#[$field_doc])* $variant, )*
        }

        impl $enum_name {
            /// Every field, with its name as written in scenarios.
            pub const ALL: &'static [($enum_name, &'static str)] = &[ $( ($enum_name::$variant, stringify!($field)), )* ];
        }

        impl $struct_name {
            /// The number that `field` names.
            pub fn get(&self, field: $enum_name) -> f64 {
                match field { $( $enum_name::$variant => self.$field, )* }
            }

            /// Sets the number that `field` names.
            pub fn set(&mut self, field: $enum_name, value: f64) {
                match field { $( $enum_name::$variant => self.$field = value, )* }
            }
        }
    };
}

pub(crate) use numbers;

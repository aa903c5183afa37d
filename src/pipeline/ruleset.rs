//! A configuration with its rules compiled, and the rehearsal that each must pass before it is put in force.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::roll;
use crate::config::{self, Config, Loaded, Mistake, Mistakes};
use crate::policy::Rules;
use crate::policy::test::{self, TestResult};

/// What mail is judged by: replaced whole by a reload.
#[derive(Clone, Debug)]
pub struct RuleSet {
    pub config: Arc<Config>,
    pub rules: Arc<Rules>,
}

impl RuleSet {
    /// Compiles a sound configuration.
    ///
    /// # Errors
    /// A sentence: the school's roll cannot be read.
    pub fn new(config: Config) -> Result<Self, String> {
        Self::seeing(config, false)
    }

    /// The same with eyes for personal data whether or not a rule asks for it.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn seeing(config: Config, detects: bool) -> Result<Self, String> {
        let rules = Arc::new(Rules::compile_with(&config, roll::known(&config)?, detects));
        Ok(Self { config: Arc::new(config), rules })
    }

    /// Reads a configuration and runs the tests beside its rules.
    ///
    /// # Errors
    /// Every mistake, failed tests among them.
    pub fn read(file: &Path) -> Result<Self, Mistakes> {
        let loaded = config::read(file)?;
        let rehearsal = Rehearsal::of(&loaded)?;
        let mistakes = rehearsal.mistakes(&loaded);
        if mistakes.is_empty() {
            return Ok(Self { config: Arc::new(loaded.config), rules: rehearsal.rules });
        }
        Err(Mistakes { mistakes, warnings: loaded.warnings })
    }

    /// What is new, gone or different in another set: rules by their id, everything else by its section.
    #[must_use]
    pub fn changed(&self, new: &Self) -> Vec<String> {
        let (old, new) = (parts(&self.config), parts(&new.config));
        let differing =
            new.iter().filter(|part| !old.contains(part)).chain(old.iter().filter(|part| !new.iter().any(|n| n.0 == part.0)));
        differing.map(|(name, _)| name.clone()).collect()
    }
}

/// Each part of a configuration by its name. `Debug` shows every value of it.
fn parts(config: &Config) -> Vec<(String, String)> {
    fn part(name: String, value: &dyn std::fmt::Debug) -> (String, String) {
        (name, format!("{value:?}"))
    }
    // A rule's place in the file and its tests do not matter to mail.
    let rule = |rule: &config::Rule| part(rule.id.clone(), &config::Rule { line: 0, tests: vec![], ..rule.clone() });
    let mut parts: Vec<_> = config.rules.iter().map(rule).collect();
    parts.extend(config.lists.iter().map(|(name, list)| part(format!("[list.{name}]"), list)));
    parts.extend(config.disclaimers.iter().map(|(name, notice)| part(format!("[disclaimer.{name}]"), notice)));
    parts.push(part("[limits]".to_owned(), &config.limits));
    parts.push(part("[antivirus]".to_owned(), &config.antivirus));
    parts.extend(config.senders.values().map(|sender| part(format!("[[sender]] {}", sender.address), sender)));
    parts.extend(config.routes.iter().map(|(name, route)| part(format!("[[route]] {name}"), route)));
    parts.extend(config.listen.iter().map(|listen| part(format!("[[listen]] {}", listen.address), listen)));
    parts.extend(config.retention.iter().map(|class| part(format!("[[retention]] {}", class.id), class)));
    parts.push(part("[console]".to_owned(), &config.console));
    parts.push(part("[school]".to_owned(), &config.school));
    parts
}

/// The tests beside the rules, run.
pub struct Rehearsal {
    rules: Arc<Rules>,
    results: Vec<TestResult>,
}

impl Rehearsal {
    /// Runs them all.
    ///
    /// # Errors
    /// The school's roll cannot be read.
    pub fn of(loaded: &Loaded) -> Result<Self, Mistakes> {
        let school = roll::known(&loaded.config).map_err(|why| unusable(loaded, why))?;
        let rules = Rules::compile_with(&loaded.config, school, false);
        let results = test::run(&loaded.config, &rules);
        Ok(Self { rules: Arc::new(rules), results })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.results.len()
    }

    /// One mistake for each that failed, at the place of what it expects.
    #[must_use]
    pub fn mistakes(&self, loaded: &Loaded) -> Vec<Mistake> {
        let file = loaded.config.file.display().to_string();
        let failed = self.results.iter().filter(|result| !result.passed);
        failed.map(|result| mistake(&file, loaded, result)).collect()
    }

    /// The results for `check --json`.
    #[must_use]
    pub fn as_json(&self) -> serde_json::Value {
        let one = |r: &TestResult| json!({ "rule": r.rule, "line": r.line, "passed": r.passed, "why": r.why });
        self.results.iter().map(one).collect()
    }
}

fn unusable(loaded: &Loaded, why: String) -> Mistakes {
    let mistake = Mistake::of_file(&loaded.config.file.display().to_string(), why);
    Mistakes { mistakes: vec![mistake], warnings: loaded.warnings.clone() }
}

fn mistake(file: &str, loaded: &Loaded, result: &TestResult) -> Mistake {
    let tests = loaded.config.rules.iter().filter(|rule| rule.id == result.rule).flat_map(|rule| &rule.tests);
    let column = tests.filter(|test| test.line == result.line).map(|test| test.column).next().unwrap_or(1);
    let mut mistake =
        Mistake::at(file, &loaded.text, result.line, column, format!("this test of the rule fails: {}", result.why));
    mistake.rule = Some(result.rule.clone());
    mistake
}

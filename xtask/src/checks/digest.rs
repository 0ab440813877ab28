//! What failing tests have said, to be said once more when everything has run.

/// How many lines of a failing test are said once more at the end; the first ones tell most.
const FAILURE_LINES: usize = 25;

/// Finds what failing tests have said in the output of a test program: from `---- name stdout ----` to the next one, or to the list.
#[derive(Default)]
pub struct Digest {
    pub failures: Vec<String>,
    lines: usize,
    is_inside: bool,
}

impl Digest {
    /// Takes the next line.
    pub fn read(&mut self, line: &str) {
        if line.starts_with("---- ") {
            self.failures.push(String::new());
            (self.is_inside, self.lines) = (true, 0);
        } else if line == "failures:" || line.starts_with("stack backtrace:") {
            self.is_inside = false;
        }
        if self.is_inside
            && self.lines < FAILURE_LINES
            && !line.is_empty()
            && let Some(failure) = self.failures.last_mut()
        {
            self.lines += 1;
            failure.push_str(line);
            failure.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failing_tests_have_said_is_found() {
        let mut digest = Digest::default();
        let output = "running 3 tests\ntest a ... FAILED\ntest b ... ok\n\nfailures:\n\n---- a stdout ----\n\nthread 'a' panicked\nleft: 1\n\
            stack backtrace:\n   0: main\n\n---- c output ----\nerror\n\nfailures:\n    a\n    c\n\ntest result: FAILED\n";
        output.lines().for_each(|line| digest.read(line));
        assert_eq!(
            digest.failures,
            ["---- a stdout ----\nthread 'a' panicked\nleft: 1\n", "---- c output ----\nerror\n"]
        );
    }
}

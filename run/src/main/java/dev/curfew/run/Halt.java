// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// When a run ends early, with the words of GNU parallel's `--halt`.
sealed interface Halt {

  /// How a run is halted.
  enum How {
    /// What runs may end, nothing new starts.
    SOON,
    /// What runs is stopped.
    NOW
  }

  /// What is counted.
  enum What {
    FAIL,
    SUCCESS,
    DONE
  }

  /// Runs all jobs, whatever happens.
  record Never() implements Halt {
    @Override
    public String toString() {
      return "never";
    }
  }

  /// Halts once enough jobs ended in some way.
  ///
  /// @param limit jobs, or percent of all jobs (1 to 100)
  record On(How how, What what, int limit, boolean percent) implements Halt {
    @Override
    public String toString() {
      String words = how + "," + what + "=" + limit + (percent ? "%" : "");
      return words.toLowerCase(Locale.ROOT);
    }
  }

  /// {@return whether the run must halt with these counts, and how}
  ///
  /// A percentage is judged only once three jobs are done and the number of all jobs is known.
  ///
  /// @param total jobs of the whole run, -1 while the input has not ended
  default Optional<How> judge(long done, long failed, long succeeded, long total) {
    if (!(this instanceof On(How how, What what, int limit, boolean percent))) {
      return Optional.empty();
    }
    long count =
        switch (what) {
          case FAIL -> failed;
          case SUCCESS -> succeeded;
          case DONE -> done;
        };
    boolean reached =
        percent
            ? total > 0 && done >= Grammar.FEWEST && 100.0 * count >= (double) limit * total
            : count >= limit;
    return reached ? Optional.of(how) : Optional.empty();
  }

  /// {@return whether it can be judged only when the number of all jobs is known}
  default boolean needsTotal() {
    return this instanceof On on && on.percent;
  }

  /// {@return whether it is success that halts the run}
  default boolean isForSuccess() {
    return this instanceof On on && on.what == What.SUCCESS;
  }

  /// {@return the halt that the text asks for}
  ///
  /// @param text `never`, or `now` or `soon`, a comma, and `fail=N`, `success=N` or `done=N%`
  static Halt parse(String text) {
    return Grammar.parse(text.strip());
  }

  /// Reads the text form.
  final class Grammar {

    private static final int FEWEST = 3;
    private static final Pattern FORM =
        Pattern.compile("(now|soon),(fail|success|done)=([0-9]{1,9})(%?)");

    private Grammar() {}

    private static Halt parse(String text) {
      if (text.equals("never")) {
        return new Never();
      }
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        throw refused(text, modern(text).map(form2 -> "; write " + form2).orElse(""));
      }
      int limit = Integer.parseInt(form.group(3));
      boolean percent = !form.group(4).isEmpty();
      if (limit < 1) {
        throw refused(text, ": the number must be at least 1");
      }
      if (percent && limit > 100) {
        throw refused(text, ": at most 100%");
      }
      How how = How.valueOf(form.group(1).toUpperCase(Locale.ROOT));
      What what = What.valueOf(form.group(2).toUpperCase(Locale.ROOT));
      return new On(how, what, limit, percent);
    }

    /// What GNU parallel's older single words mean; such a
    /// word alone says too little to be accepted.
    private static Optional<String> modern(String text) {
      if (text.matches("[1-9][0-9]?%")) {
        return Optional.of("soon,fail=" + text);
      }
      return switch (text) {
        case "0" -> Optional.of("never");
        case "1" -> Optional.of("soon,fail=1");
        case "2" -> Optional.of("now,fail=1");
        case "-1" -> Optional.of("soon,success=1");
        case "-2" -> Optional.of("now,success=1");
        case "now", "soon" -> Optional.of(text + ",fail=1");
        case "fail", "success", "done" -> Optional.of("now," + text + "=1 or soon," + text + "=1");
        default -> Optional.empty();
      };
    }

    private static IllegalArgumentException refused(String text, String why) {
      return new IllegalArgumentException(
          "'"
              + text
              + "' does not say when to halt"
              + why
              + " (forms: never, now,fail=1, soon,fail=10%, now,success=1, soon,done=100)");
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How many jobs run at a time, as `-j` has it: `4`, `+1` and `-1` from the number of cores, `50%`
/// of them, or a file that says one of these and may be changed while the run goes on.
///
/// @param number at least 1
/// @param file where it comes from
record JobCount(int number, Optional<Path> file) {

  private static final Pattern FORM = Pattern.compile("([+-]?)([0-9]{1,6})(%?)");
  private static final String FORMS = " (forms: 4, +1, -1, 50%, or a file that says one of these)";

  static JobCount parse(String text) {
    return parse(text, cores());
  }

  private static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  /// {@return the number that the text asks for}
  ///
  /// @param cores how many there are
  static JobCount parse(String text, int cores) {
    if (FORM.matcher(text).matches()) {
      return new JobCount(number(text, cores), Optional.empty());
    }
    Optional<Path> file = file(text);
    if (file.isEmpty()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no number of jobs, and no file of that name can be read" + FORMS);
    }
    return new JobCount(read(file.get(), cores), file);
  }

  /// {@return what the file says now}
  static int read(Path file) {
    return read(file, cores());
  }

  private static int read(Path file, int cores) {
    try {
      return number(Files.readString(file).strip(), cores);
    } catch (IOException e) {
      throw new IllegalArgumentException("the file " + file + " cannot be read", e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("the file " + file + ": " + e.getMessage(), e);
    }
  }

  private static Optional<Path> file(String text) {
    try {
      return Optional.of(Path.of(text)).filter(Files::isRegularFile).filter(Files::isReadable);
    } catch (InvalidPathException notAPath) {
      return Optional.empty();
    }
  }

  private static int number(String text, int cores) {
    Matcher form = FORM.matcher(text);
    if (!form.matches() || (!form.group(1).isEmpty() && !form.group(3).isEmpty())) {
      throw new IllegalArgumentException("'" + text + "' is no number of jobs" + FORMS);
    }
    int number = Integer.parseInt(form.group(2));
    if (!form.group(1).isEmpty()) {
      return Math.max(1, form.group(1).equals("+") ? cores + number : cores - number);
    }
    if (number < 1) {
      throw new IllegalArgumentException("must be at least 1, was " + text);
    }
    return form.group(3).isEmpty() ? number : (int) Math.max(1, (long) cores * number / 100);
  }
}

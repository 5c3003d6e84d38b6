// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.nio.file.Path;
import java.util.OptionalInt;

/// The file of `-j FILE`, looked at again and again.
///
/// **Threads.** One.
final class JobsFile {

  private final Path file;
  private int last;
  private String problem = "";

  JobsFile(Path file, int first) {
    this.file = file;
    this.last = first;
  }

  @Override
  public String toString() {
    return file.toString();
  }

  /// {@return what the file says, if that is something new; what cannot be read is said once}
  OptionalInt changed() {
    try {
      int now = JobCount.read(file);
      problem = "";
      if (now == last) {
        return OptionalInt.empty();
      }
      last = now;
      return OptionalInt.of(now);
    } catch (IllegalArgumentException unreadable) {
      String message = String.valueOf(unreadable.getMessage());
      if (!message.equals(problem)) {
        Complaints.say("-j: " + message + "; the number of jobs stays as it is");
      }
      problem = message;
      return OptionalInt.empty();
    }
  }
}

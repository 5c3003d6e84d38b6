// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

import java.util.concurrent.atomic.AtomicBoolean;

/// The journal cannot be read or written any more; nothing may start that it could not record.
///
/// Whoever calls the journal after that gets one that has the first as its cause, and people are
/// told once.
final class JournalException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient AtomicBoolean told;

  JournalException(String message, Throwable cause) {
    super(message, cause);
    told = cause instanceof JournalException first ? first.told : new AtomicBoolean();
  }

  JournalException(String message) {
    super(message);
    told = new AtomicBoolean();
  }

  /// Tells people, unless they know.
  ///
  /// @param before what stands in front of the message
  void tell(String before) {
    if (told.compareAndSet(false, true)) {
      Complaints.say(before + getMessage());
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

/// The journal cannot be read or written any more; nothing may start that it could not record.
final class JournalException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  JournalException(String message, Throwable cause) {
    super(message, cause);
  }

  JournalException(String message) {
    super(message);
  }
}

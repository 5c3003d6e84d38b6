// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

/// Bad use: what was given cannot be run, and the message tells what to give instead. Exit code 2.
final class UserError extends RuntimeException {

  private static final long serialVersionUID = 1L;

  UserError(String message) {
    super(message, null, false, false);
  }
}

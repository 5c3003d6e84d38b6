// SPDX-License-Identifier: Apache-2.0
package dev.curfew.run;

/// A job that is to be run now.
///
/// @param number of the try, 1 for the first
record Turn(Item item, int number) {

  Turn next() {
    return new Turn(item, number + 1);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.curfew.testkit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Keeps [LeakGuard] from failing a test, or all tests of a class, for what they leave behind.
///
/// An interrupt flag that is still set is cleared all the same, so that the next test starts clean.
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface LeaksOnPurpose {

  /// {@return why it must leave something behind, and who clears that away; not blank}
  String value();
}

package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.Permission;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Role;
import org.jspecify.annotations.Nullable;

/** Who may give which role to whom by a token. */
final class Invitation {

    private static final int MAX_SUB_LENGTH = 128;

    private Invitation() {}

    /** What {@link Space#invite} answers, of a space that has not ended. */
    static Grant of(Space space, @Nullable Grant asker, Role role, @Nullable String name, @Nullable String sub)
            throws Refusal {
        if (asker != null) {
            requireAbove(space, asker, role, sub);
        }
        if (Grant.HOST_SUB.equals(sub) || (sub != null && (sub.isBlank() || sub.length() > MAX_SUB_LENGTH))) {
            throw new Refusal(
                    Refusal.Code.INVALID_FIELD, "sub must have 1 to 128 characters and not be \"host\".", "sub");
        }
        return new Grant(space.id(), role, name == null ? null : Names.clean(name, Names.MAX_NAME, "name"), sub);
    }

    private static void requireAbove(Space space, Grant asker, Role role, @Nullable String sub) throws Refusal {
        Role own = space.roleOf(asker);
        if (!own.may(Permission.INVITE)) {
            throw new Refusal(
                    Refusal.Code.FORBIDDEN,
                    "Only the host and cohosts issue tokens; this token is a " + own.text() + "'s.");
        }
        if (!own.above(role)) {
            throw new Refusal(
                    Refusal.Code.FORBIDDEN,
                    "A " + own.text() + " issues tokens for lower roles only, not for a " + role.text() + ".",
                    "role");
        }
        Member known = space.identities().person(sub);
        if (sub != null && known != null && !own.above(known.role) && !sub.equals(asker.sub())) {
            throw new Refusal(Refusal.Code.FORBIDDEN, "This person's role is not below yours.", "sub");
        }
    }
}

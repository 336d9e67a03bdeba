package rbac

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/database/src"
)

// grantRow says that a user has a role. Administrators are not among them: auth
// knows who is one.
type grantRow struct {
	bun.BaseModel `bun:"table:rbac_grants,alias:g"`

	UserID    string `bun:",pk"`
	Role      string `bun:",pk"`
	GrantedAt int64  // milliseconds since 1970
}

// store has the queries of roles.
type store struct{ db *database.Component }

// roles returns those of a user, sorted.
func (s store) roles(ctx context.Context, userID string) ([]string, error) {
	roles := []string{}
	err := s.db.Read().NewSelect().Model((*grantRow)(nil)).Column("role").Where("user_id = ?", userID).Order("role").Scan(ctx, &roles)
	return roles, err
}

// add gives a user a role, and says whether that is new.
func (s store) add(ctx context.Context, userID, role string) (bool, error) {
	row := &grantRow{UserID: userID, Role: role, GrantedAt: time.Now().UnixMilli()}
	result, err := s.db.DB().NewInsert().Model(row).On("CONFLICT (user_id, role) DO NOTHING").Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// remove takes a role away from a user, and says whether the user had it.
func (s store) remove(ctx context.Context, userID, role string) (bool, error) {
	result, err := s.db.DB().NewDelete().Model((*grantRow)(nil)).Where("user_id = ?", userID).Where("role = ?", role).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// holders is how many users have which role. Roles that nobody has are left out.
func (s store) holders(ctx context.Context) (map[string]int64, error) {
	var rows []struct {
		Role string
		N    int64
	}
	err := s.db.Read().NewSelect().Model((*grantRow)(nil)).Column("role").ColumnExpr("COUNT(*) AS n").Group("role").Scan(ctx, &rows)
	counts := map[string]int64{}
	for _, row := range rows {
		counts[row.Role] = row.N
	}
	return counts, err
}

// having narrows users to those who have a role.
func (s store) having(role string) func(*bun.SelectQuery) *bun.SelectQuery {
	return func(users *bun.SelectQuery) *bun.SelectQuery {
		if role == AdminRole {
			return users.Where("u.admin")
		}
		return users.Where("u.id IN (?)", s.db.Read().NewSelect().Model((*grantRow)(nil)).Column("user_id").Where("role = ?", role))
	}
}

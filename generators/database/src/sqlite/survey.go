package sqlite

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// Tables counts the rows of each table, for which it reads all of them.
func (d *database) Tables(ctx context.Context) ([]engine.Table, error) {
	var tables []engine.Table
	err := d.reader.NewRaw(`
		SELECT t.name, coalesce((SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = t.name)), 0) AS bytes
		FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY t.name`).Scan(ctx, &tables)
	if err != nil {
		return nil, err
	}
	for i, t := range tables {
		if err := d.reader.NewRaw("SELECT count(*) FROM ?", bun.Ident(t.Name)).Scan(ctx, &tables[i].Rows); err != nil {
			return nil, err
		}
	}
	return tables, nil
}

// TableNames lists the tables, at no cost.
func (d *database) TableNames(ctx context.Context) ([]string, error) {
	var names []string
	err := d.reader.NewRaw(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`).Scan(ctx, &names)
	return names, err
}

// Size is that of the file, without what has not been moved there yet.
func (d *database) Size(ctx context.Context) (int64, error) {
	var bytes int64
	err := d.reader.NewRaw("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").Scan(ctx, &bytes)
	return bytes, err
}

package schedulersql

// SQLite is the clock of SQLite.
var SQLite Clock = sqliteClock{}

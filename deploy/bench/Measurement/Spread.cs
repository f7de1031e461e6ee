using System.Globalization;

namespace Kalinka.Bench.Measurement;

/// <summary>Least, middle and greatest of the rounds.</summary>
internal readonly record struct Spread(double Minimum, double Median, double Maximum)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Spread(sorted[0], median, sorted[^1]);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Text(Minimum)} / **{Text(Median)}** / {Text(Maximum)}");

    private static string Text(double value) =>
        value.ToString(value < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture);
}

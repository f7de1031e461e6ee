using Kalinka.Common.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kalinka.Tests.Common.Hosting;

[TestFixture]
internal sealed class LineFormatterTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2031, 2, 3, 4, 5, 6, 7, TimeSpan.Zero));

    [Test]
    public void A_line_says_when_how_grave_and_who() =>
        Assert.That(
            Line(LogLevel.Warning, "seat 0 was lost"),
            Is.EqualTo($"2031-02-03T04:05:06.007Z warn: Kalinka.Test: seat 0 was lost{Environment.NewLine}")
        );

    [TestCase(LogLevel.Error, "<3>")]
    [TestCase(LogLevel.Information, "<6>")]
    public void The_journal_gets_a_priority_and_has_its_own_clock(LogLevel level, string priority) =>
        Assert.That(
            Line(level, "ready", forJournal: true),
            Is.EqualTo($"{priority}Kalinka.Test: ready{Environment.NewLine}")
        );

    [Test]
    public void A_stranger_writes_no_lines_and_no_escape_sequences()
    {
        var line = Line(LogLevel.Error, "broker b1\n2031 info: all is well \u001b[2J");

        Assert.That(line, Does.Contain("b1\\u000A2031 info: all is well \\u001B[2J"));
        Assert.That(line.TrimEnd(), Does.Not.Contain('\n'));
    }

    [TestCase(LogLevel.Error, false)]
    [TestCase(LogLevel.Debug, true)]
    public void Where_it_was_thrown_is_told_at_Debug_only(LogLevel level, bool told)
    {
        var line = Line(level, "it failed", Thrown());

        Assert.That(line, Does.Contain("it failed: ").And.Contain("the cause"));
        Assert.That(line.Contains(nameof(Thrown), StringComparison.Ordinal), Is.EqualTo(told));
    }

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("the cause");
        }
        catch (InvalidOperationException thrown)
        {
            return thrown;
        }
    }

    private static string Line(LogLevel level, string text, Exception? exception = null, bool forJournal = false)
    {
        using var written = new StringWriter();
        var entry = new LogEntry<string>(level, "Kalinka.Test", default, text, exception, static (state, _) => state);
        new LineFormatter(Time, forJournal).Write(entry, null, written);
        return written.ToString();
    }
}

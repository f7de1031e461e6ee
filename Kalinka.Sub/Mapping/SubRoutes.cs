using System.Collections.Concurrent;
using System.Text;
using Kalinka.Common.Mapping;

namespace Kalinka.Sub.Mapping;

/// <summary>
/// Finds the first rule for a Kafka topic and remembers it by the topic's name: a daemon reads few topics and many
/// records. Any number of threads.
/// </summary>
internal sealed class SubRoutes
{
    /// <summary>Far above the topics that one group reads; a bound all the same.</summary>
    private const int Remembered = 10_000;

    private readonly Dictionary<string, int> _literals = [];
    private readonly List<(int Number, KafkaPattern Pattern)> _patterns = [];
    private readonly ConcurrentDictionary<string, SubRoute> _known = new();

    public SubRoutes(IEnumerable<KafkaPattern> ofRules)
    {
        foreach (var (number, pattern) in ofRules.Index())
        {
            if (!pattern.IsLiteral)
            {
                _patterns.Add((number, pattern));
            }
            else
            {
                _literals.TryAdd(pattern.Text, number);
            }
        }
    }

    public SubRoute Find(string kafkaTopic) =>
        _known.TryGetValue(kafkaTopic, out var route) ? route : Remember(kafkaTopic);

    private SubRoute Remember(string kafkaTopic)
    {
        if (_known.Count >= Remembered)
        {
            _known.Clear();
        }

        return _known.GetOrAdd(kafkaTopic, Search(kafkaTopic));
    }

    private SubRoute Search(string kafkaTopic)
    {
        var bytes = Encoding.UTF8.GetBytes(kafkaTopic);
        var literal = _literals.GetValueOrDefault(kafkaTopic, int.MaxValue);
        foreach (var (number, pattern) in _patterns.TakeWhile(rule => rule.Number < literal))
        {
            var captures = new CaptureRange[pattern.Captures.Count];
            if (pattern.TryMatch(bytes, captures))
            {
                return new SubRoute(number, bytes, captures);
            }
        }

        return new SubRoute(literal == int.MaxValue ? -1 : literal, bytes, []);
    }
}

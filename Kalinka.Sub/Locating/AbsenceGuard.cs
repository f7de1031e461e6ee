using Kalinka.Sub.Deliveries;
using Microsoft.Extensions.Logging;

namespace Kalinka.Sub.Locating;

/// <summary>
/// A fleet does not vanish, a directory does. When more than a hundred clients, and more than a fifth of those addressed,
/// turn out to be absent within a minute, no absence is concluded any more: records wait, and the directory is asked
/// again, until the share has fallen. The dispatcher's, except where said.
/// </summary>
internal sealed class AbsenceGuard(TurnClock clock, ILogger<AbsenceGuard> logger)
{
    private const int Clients = 100;
    private const int OneIn = 5;

    // Well below the minute that is looked at: what was seen at one attempt still counts at the next.
    private const long FirstPauseMs = 1_000;
    private const long LongestPauseMs = 15_000;

    private readonly ClientCensus _addressed = new();
    private readonly ClientCensus _absent = new();
    private long _pauseMs;
    private long _resumeMs;
    private volatile bool _alert;

    /// <summary>Absence is not concluded at present. Any thread.</summary>
    public bool Alert => _alert;

    /// <summary>Between two attempts the directory is left in peace.</summary>
    public bool IsPausing => clock.NowMs < _resumeMs;

    public void Addressed(ClientLane lane) => _addressed.Add(lane.Hash, clock.NowMs);

    /// <summary>A client has been found absent. Whether that may be believed.</summary>
    public bool MayConclude(ClientLane lane)
    {
        _absent.Add(lane.Hash, clock.NowMs);
        _addressed.Add(lane.Hash, clock.NowMs);
        if (AreTooMany(out var absent, out var addressed))
        {
            Hold(absent, addressed);
            return false;
        }

        Release();
        return true;
    }

    /// <summary>Ends the alert when the share has fallen, be it that nobody is absent any more.</summary>
    public void Tick()
    {
        if (_alert && !IsPausing && !AreTooMany(out _, out _))
        {
            Release();
        }
    }

    private bool AreTooMany(out int absent, out int addressed)
    {
        absent = _absent.Estimate(clock.NowMs);
        addressed = _addressed.Estimate(clock.NowMs);
        return absent > Clients && absent * OneIn > addressed;
    }

    private void Hold(int absent, int addressed)
    {
        if (!_alert)
        {
            _alert = true;
            logger.LogError(
                "{Absent} of {Addressed} clients addressed within a minute are in no directory: their records are held",
                absent,
                addressed
            );
        }

        if (!IsPausing)
        {
            _pauseMs = Math.Clamp(_pauseMs * 2, FirstPauseMs, LongestPauseMs);
            _resumeMs = clock.NowMs + _pauseMs;
        }
    }

    private void Release()
    {
        if (_alert)
        {
            _alert = false;
            logger.LogInformation("Absent clients are few again: their records are decided");
        }

        _pauseMs = 0;
        _resumeMs = 0;
    }
}

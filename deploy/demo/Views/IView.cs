namespace Kalinka.QuickStart.Views;

/// <summary>What the person at the terminal sees while messages flow.</summary>
internal interface IView
{
    /// <summary>How often <see cref="Show"/> is called.</summary>
    TimeSpan Interval { get; }

    void Show(TimeSpan elapsed);
}
